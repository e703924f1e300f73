# SPDX-License-Identifier: MIT
# Every header compiles alone, twice in one file, after names that other people's headers define as macros,
# as C++ and, outside of interop/, as CUDA; and two files that include everything link into one program.
option(PANE_HEADER_TESTS_CUDA "The header tests also run through the CUDA compiler" ON)
mark_as_advanced(PANE_HEADER_TESTS_CUDA)

# The condition under which a header can be compiled here: that what it includes of other libraries is installed.
function(pane_header_condition header out)
  set(condition 1)
  set(depth 0)
  file(STRINGS "${header}" lines REGEX "^ *# *(if|endif|include <[^>]*[./])")
  foreach(line IN LISTS lines)
    if(line MATCHES "^ *# *if")
      math(EXPR depth "${depth} + 1")
    elseif(line MATCHES "^ *# *endif")
      math(EXPR depth "${depth} - 1")
    elseif(depth EQUAL 0 AND NOT line MATCHES "<pane/" AND line MATCHES "<[^>]+>")
      string(APPEND condition " && __has_include(${CMAKE_MATCH_0})")
    endif()
  endforeach()
  set(${out} "${condition}" PARENT_SCOPE)
endfunction()

function(pane_add_header_tests)
  set(languages cpp)
  if(pane_cuda AND PANE_HEADER_TESTS_CUDA)
    list(APPEND languages cu)
  endif()
  foreach(header IN LISTS pane_headers)
    cmake_path(RELATIVE_PATH header BASE_DIRECTORY "${PROJECT_SOURCE_DIR}/include" OUTPUT_VARIABLE rel)
    string(MAKE_C_IDENTIFIER "${rel}" id)
    pane_header_condition("${header}" condition)
    foreach(language IN LISTS languages)
      if(language STREQUAL "cu" AND rel MATCHES "^pane/interop/")
        continue() # no device code: interop.hpp and pane.hpp are enough, and CI has two cores
      endif()
      set(file "${CMAKE_CURRENT_BINARY_DIR}/header/${id}.${language}")
      # I is a macro of <complex.h>, small of <rpcndr.h>, B0 of <termios.h>.
      file(CONFIGURE OUTPUT "${file}" CONTENT "#define I this is not a name
#define small this is not a name
#define B0 this is not a name
#if ${condition}
#include <${rel}>
#include <${rel}>
#endif
")
      list(APPEND sources_${language} "${file}")
    endforeach()
  endforeach()
  foreach(language IN LISTS languages)
    add_library(pane_headers_${language} OBJECT ${sources_${language}})
    target_link_libraries(pane_headers_${language} PRIVATE pane::pane pane_develop)
    target_link_libraries(pane_headers_${language} PRIVATE pane_fmt $<$<TARGET_EXISTS:pane_cudart>:pane_cudart>)
  endforeach()
endfunction()

# Two files that include everything make one program: a definition that lacks `inline` does not link. With CUDA a .cpp
# and a .cu share the program too, and must agree on the size of the types that they exchange.
function(pane_add_link_tests)
  set(pairs "cpp cpp")
  if(pane_cuda)
    list(APPEND pairs "cpp cu" "cu cu")
  endif()
  set(units one two)
  foreach(pair IN LISTS pairs)
    separate_arguments(languages UNIX_COMMAND "${pair}")
    list(JOIN languages _ id)
    set(sources header/link_main.cpp)
    foreach(unit language IN ZIP_LISTS units languages)
      set(file "${CMAKE_CURRENT_BINARY_DIR}/header/link_${unit}.${language}")
      configure_file(header/link_unit.in "${file}" @ONLY)
      list(APPEND sources "${file}")
    endforeach()
    add_executable(pane_link_${id} ${sources})
    target_link_libraries(pane_link_${id} PRIVATE pane::pane pane_develop)
    set_target_properties(pane_link_${id} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin/tests")
    pane_register_test(link.${id} COMMAND pane_link_${id} LABELS compile)
  endforeach()
endfunction()
