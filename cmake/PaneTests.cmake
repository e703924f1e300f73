# SPDX-License-Identifier: MIT
# How a test file becomes CTest tests. A file can carry marks, each on a line of its own:
#   // LABELS: slow          more CTest labels
#   // MACHINES: gpu         a .cu file that has nothing to do on the CPU, left out without CUDA (default: host gpu)
#   // LINK: <flags>         more flags for the linker
#   // NEEDS: torch           other people's libraries, found by cmake/PaneNeeds.cmake; the file skips without them
#   // RUN: <arguments>      programs with a main of their own: how CTest runs them, one run a line; {data} is tests/data
set(PANE_TEST_TIMEOUT 600 CACHE STRING "Seconds after which CTest stops one of our tests")
option(PANE_TEST_PRECOMPILED "Precompile Catch2 for the C++ tests: a cold build is shorter, ccache finds less" OFF)
mark_as_advanced(PANE_TEST_TIMEOUT PANE_TEST_PRECOMPILED)
include("${CMAKE_CURRENT_LIST_DIR}/PaneNeeds.cmake")

# What every test program is linked to: main, Catch2, and the include paths of <support/...> and <tests/support/...>.
function(pane_add_test_support)
  find_package(Catch2 REQUIRED)
  add_library(pane_test_main STATIC support/main.cpp)
  # It is Catch2 from end to end: nothing of ours to watch, and half a minute of a compiler when it is watched.
  set_source_files_properties(support/main.cpp PROPERTIES COMPILE_OPTIONS "-O0;-g0;-fno-sanitize=all")
  target_include_directories(pane_test_main SYSTEM PUBLIC
    $<TARGET_PROPERTY:Catch2::Catch2,INTERFACE_INCLUDE_DIRECTORIES>)
  target_include_directories(pane_test_main PUBLIC "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/tests")
  target_compile_features(pane_test_main PUBLIC cxx_std_20)
  target_compile_definitions(pane_test_main PUBLIC
    PANE_TEST_DATA_DIR="${PROJECT_SOURCE_DIR}/tests/data"
    CATCH_CONFIG_FAST_COMPILE) # an exception that is not expected ends its test case, not its assertion alone
  target_link_libraries(pane_test_main PUBLIC Catch2::Catch2 PRIVATE pane_develop)
  target_link_libraries(pane_test_main PUBLIC pane_fmt)
  if(pane_cuda)
    target_compile_definitions(pane_test_main PUBLIC PANE_TEST_WITH_CUDA=1)
    target_link_libraries(pane_test_main PUBLIC pane_cudart)
  else()
    target_compile_definitions(pane_test_main PUBLIC PANE_TEST_WITH_CUDA=0)
  endif()
  # g++ 12 takes a string that Catch2 compares for its small buffer, once all of it is inlined.
  target_compile_options(pane_test_main PUBLIC
    "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-stringop-overread>"
    "$<$<COMPILE_LANG_AND_ID:CUDA,NVIDIA>:-Xcompiler=-Wno-stringop-overread>")
  if(PANE_TEST_PRECOMPILED)
    file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp" CONTENT "")
    add_library(pane_test_precompiled OBJECT "${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp")
    target_link_libraries(pane_test_precompiled PRIVATE pane::pane pane_develop pane_test_main)
    target_precompile_headers(pane_test_precompiled PRIVATE <tests/support/catch.hpp>)
  endif()
endfunction()

# tests/views/resize_test.cu -> program views.resize_test; tests views.resize_test.host and, with CUDA, .gpu
function(pane_add_test source)
  cmake_path(RELATIVE_PATH source BASE_DIRECTORY "${PROJECT_SOURCE_DIR}/tests" OUTPUT_VARIABLE name)
  cmake_path(REMOVE_EXTENSION name LAST_ONLY)
  string(REPLACE "/" "." name "${name}")
  pane_read_marks("${source}" MACHINES machines)
  if(machines STREQUAL "gpu" AND NOT pane_cuda)
    return()
  endif()
  pane_add_program(${name} "${source}" DIRECTORY tests)
  target_link_libraries(${name} PRIVATE pane_test_main)
  pane_read_marks("${source}" LINK link)
  target_link_options(${name} PRIVATE ${link})
  pane_read_marks("${source}" NEEDS needs)
  foreach(need IN LISTS needs)
    pane_link_need(${name} ${need})
  endforeach()
  # Only with the very flags that it was made with: those with libraries of others have more.
  if(TARGET pane_test_precompiled AND NOT needs AND NOT name MATCHES "pybind11")
    target_precompile_headers(${name} REUSE_FROM pane_test_precompiled)
  endif()

  pane_read_marks("${source}" LABELS labels)
  if(NOT machines)
    set(machines host gpu)
  endif()
  if(source MATCHES "\\.cpp$")
    pane_register_test(${name} COMMAND ${name} LABELS host ${labels})
    return()
  endif()
  if("host" IN_LIST machines)
    pane_register_test(${name}.host COMMAND ${name} --machine host LABELS host ${labels})
  endif()
  if("gpu" IN_LIST machines AND pane_cuda)
    pane_register_test(${name}.gpu COMMAND ${name} --machine gpu LABELS gpu ${labels})
    set_tests_properties(${name}.gpu PROPERTIES RESOURCE_LOCK gpu)
  endif()
endfunction()

# tests/interop/cai_corpus.cpp -> program cai_corpus with its own main; a test for each RUN mark, else one without arguments
function(pane_add_test_program source)
  cmake_path(GET source STEM name)
  pane_read_marks("${source}" MACHINES machines)
  if(machines STREQUAL "gpu" AND NOT pane_cuda)
    return()
  endif()
  pane_add_program(${name} "${source}" DIRECTORY tests)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/tests")
  if(name MATCHES "_fuzz$") # a libFuzzer target: the driver replays seeds and a fixed set of changes of them
    target_sources(${name} PRIVATE support/fuzz_main.cpp)
  endif()
  pane_read_marks("${source}" LABELS labels)
  file(STRINGS "${source}" runs REGEX "^// RUN:")
  if(NOT runs)
    set(runs "// RUN:")
  endif()
  set(number 0)
  foreach(run IN LISTS runs)
    math(EXPR number "${number} + 1")
    string(REGEX REPLACE "^// RUN: *" "" run "${run}")
    string(REPLACE "{data}" "${PROJECT_SOURCE_DIR}/tests/data" run "${run}")
    separate_arguments(run UNIX_COMMAND "${run}")
    pane_register_test(programs.${name}.${number} COMMAND ${name} ${run} LABELS host ${labels})
  endforeach()
endfunction()

# tests/compile_fail/x.cu must not compile, and the compiler must print what its `// EXPECT: <regex>` line says.
function(pane_add_compile_fail source)
  cmake_path(GET source STEM stem)
  set(target compile_fail.${stem})
  pane_source_language("${source}")
  add_library(${target} OBJECT EXCLUDE_FROM_ALL "${source}")
  target_link_libraries(${target} PRIVATE pane::pane)
  pane_register_test(${target} LABELS compile COMMAND "${CMAKE_COMMAND}"
    -D "SOURCE=${source}" -D "BUILD_DIR=${CMAKE_BINARY_DIR}" -D "CONFIG=$<CONFIG>" -D "TARGET=${target}"
    -P "${PROJECT_SOURCE_DIR}/cmake/PaneExpectFailure.cmake")
  set_tests_properties(${target} PROPERTIES RESOURCE_LOCK build_tree)
endfunction()

function(pane_register_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "COMMAND;LABELS")
  add_test(NAME ${name} COMMAND ${arg_COMMAND})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" SKIP_RETURN_CODE 77
                                          TIMEOUT ${PANE_TEST_TIMEOUT})
endfunction()
