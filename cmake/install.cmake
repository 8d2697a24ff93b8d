# What is installed: libraries, public headers, weir.pc and weirConfig.cmake. tools/ adds the command.
include(CMakePackageConfigHelpers)

install(TARGETS weir_shared weir_static EXPORT weirTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY src/include/weir DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

set(weir_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/weir)
install(EXPORT weirTargets NAMESPACE weir:: DESTINATION ${weir_cmake_dir})
configure_package_config_file(cmake/weirConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/weirConfig.cmake
  INSTALL_DESTINATION ${weir_cmake_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/weirConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/weirConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/weirConfigVersion.cmake
  DESTINATION ${weir_cmake_dir})

# weir.pc finds its prefix from its own place, so that an installed tree can be moved. A GNUInstallDirs path may be
# absolute, and then stands as it is.
cmake_path(IS_ABSOLUTE CMAKE_INSTALL_LIBDIR weir_libdir_is_absolute)
if(weir_libdir_is_absolute)
  set(weir_pc_prefix ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH weir_pc_up /weir/${CMAKE_INSTALL_LIBDIR}/pkgconfig /weir)
  string(REGEX REPLACE "/$" "" weir_pc_up "${weir_pc_up}")
  set(weir_pc_prefix "\${pcfiledir}/${weir_pc_up}")
endif()
foreach(name LIBDIR INCLUDEDIR)
  cmake_path(IS_ABSOLUTE CMAKE_INSTALL_${name} weir_is_absolute)
  if(weir_is_absolute)
    set(weir_pc_${name} ${CMAKE_INSTALL_${name}})
  else()
    set(weir_pc_${name} "\${prefix}/${CMAKE_INSTALL_${name}}")
  endif()
endforeach()
set(weir_pc_lz4)
if(lz4_FOUND)
  set(weir_pc_lz4 ", liblz4 >= 1.9")
endif()
configure_file(cmake/weir.pc.in ${CMAKE_CURRENT_BINARY_DIR}/weir.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/weir.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
