# libweir: every room in one library, shared and static, with the public symbols only.
get_property(rooms GLOBAL PROPERTY WEIR_ROOMS)
set(objects)
foreach(room ${rooms})
  list(APPEND objects "$<TARGET_OBJECTS:${room}>")
endforeach()

# The names are those that find_package(weir) gives: weir::weir is the shared one, weir::weir_static the other.
foreach(kind SHARED STATIC)
  string(TOLOWER ${kind} suffix)
  add_library(weir_${suffix} ${kind} ${objects})
  target_include_directories(weir_${suffix} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/src/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(weir_${suffix} PRIVATE $<BUILD_INTERFACE:PkgConfig::uv> $<BUILD_INTERFACE:PkgConfig::xxhash>
    $<BUILD_INTERFACE:PkgConfig::rocksdb> $<BUILD_INTERFACE:${weir_lz4}>
    Threads::Threads m)
  set_target_properties(weir_${suffix} PROPERTIES OUTPUT_NAME weir LINKER_LANGUAGE C
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
endforeach()
target_link_libraries(weir_static PRIVATE
  $<INSTALL_INTERFACE:uv> $<INSTALL_INTERFACE:xxhash> $<INSTALL_INTERFACE:rocksdb>
  $<INSTALL_INTERFACE:$<$<BOOL:${lz4_FOUND}>:lz4>>)
set_target_properties(weir_shared PROPERTIES EXPORT_NAME weir)
set_target_properties(weir_static PROPERTIES EXPORT_NAME weir_static)
add_library(weir::weir ALIAS weir_shared)
add_library(weir::weir_static ALIAS weir_static)
