# weir_room(NAME DIR USES room... LIBRARIES lib... SOURCES file...): one object library for one folder.
# Its headers are reached as "NAME/header.h", through a link that only the rooms which USE it get on their include
# path: an include against the arrows does not compile.
function(weir_room name dir)
  cmake_parse_arguments(ROOM "" "" "USES;LIBRARIES;SOURCES" ${ARGN})
  set(sources ${ROOM_SOURCES}) # all of the folder, unless they are given
  if(NOT sources)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${dir}/*.c)
  endif()
  set(door ${CMAKE_CURRENT_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${door})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${dir} ${door}/${name} SYMBOLIC)

  add_library(room_${name}_headers INTERFACE)
  target_include_directories(room_${name}_headers INTERFACE ${door} ${CMAKE_CURRENT_SOURCE_DIR}/src/include)
  target_link_libraries(room_${name}_headers INTERFACE ${ROOM_LIBRARIES})
  foreach(used ${ROOM_USES})
    target_link_libraries(room_${name}_headers INTERFACE room_${used}_headers)
  endforeach()

  set_property(GLOBAL APPEND PROPERTY WEIR_ROOM_HEADERS room_${name}_headers)

  if(sources)
    add_library(room_${name} STATIC ${sources})
    target_link_libraries(room_${name} PUBLIC room_${name}_headers PRIVATE weir_compiler)
    set_target_properties(room_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    set_property(GLOBAL APPEND PROPERTY WEIR_ROOMS room_${name})
  endif()
endfunction()
