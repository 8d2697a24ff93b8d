# How every file of weir is compiled.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(weir_compiler INTERFACE)
target_compile_features(weir_compiler INTERFACE c_std_11)
target_compile_definitions(weir_compiler INTERFACE _GNU_SOURCE WEIR_VERSION="${PROJECT_VERSION}")
target_compile_options(weir_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
  -Wwrite-strings -Wpointer-arith -Wformat=2 -fvisibility=hidden -fno-strict-aliasing)
if(WEIR_SCALAR)
  target_compile_definitions(weir_compiler INTERFACE WEIR_SCALAR=1)
else()
  target_compile_definitions(weir_compiler INTERFACE WEIR_SCALAR=0)
endif()
if(WEIR_SANITIZE)
  add_compile_options(-fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WEIR_SANITIZE})
endif()
