# SPDX-License-Identifier: MIT
# Consumers that are built far from this source tree, the joined header, and the checks of the tree itself.

function(pane_add_package_tests)
  if(NOT PANE_INSTALL)
    message(STATUS "Pane: PANE_INSTALL is off, so there are no package tests")
    return()
  endif()
  foreach(case IN ITEMS find_package add_subdirectory fetch_content cxx_only plain_include)
    set(cuda "")
    if(pane_cuda AND case MATCHES "^(find_package|plain_include)$")
      set(cuda "${CMAKE_CUDA_COMPILER}")
    endif()
    pane_register_test(package.${case} LABELS package COMMAND "${CMAKE_COMMAND}"
      -D CASE=${case} -D "SOURCE_DIR=${PROJECT_SOURCE_DIR}" -D "BUILD_DIR=${PROJECT_BINARY_DIR}"
      -D "GENERATOR=${CMAKE_GENERATOR}" -D "CXX=${CMAKE_CXX_COMPILER}" -D "CUDA=${cuda}"
      -D VERSION=${PROJECT_VERSION} -P "${PROJECT_SOURCE_DIR}/tests/package/run.cmake")
    set_tests_properties(package.${case} PROPERTIES RESOURCE_LOCK install_manifest)
  endforeach()
endfunction()

# lint.headers, lint.planted (the lint finds planted faults), single_header (one program against the joined file)
function(pane_add_lint_tests)
  find_package(Python3 3.9 COMPONENTS Interpreter)
  if(NOT Python3_FOUND)
    message(STATUS "Pane: no Python 3, so lint and single-header tests are left out")
    return()
  endif()
  set(scripts "${PROJECT_SOURCE_DIR}/cmake")
  pane_register_test(lint.headers LABELS compile
    COMMAND Python3::Interpreter "${scripts}/lint_headers.py" "${PROJECT_SOURCE_DIR}")
  pane_register_test(lint.planted LABELS compile
    COMMAND Python3::Interpreter "${scripts}/lint_headers_test.py")
  pane_register_test(lint.readme LABELS compile
    COMMAND Python3::Interpreter "${scripts}/readme.py" --check)

  set(joined "${PROJECT_BINARY_DIR}/single/pane/pane.hpp")
  add_custom_command(OUTPUT "${joined}"
    COMMAND Python3::Interpreter "${scripts}/amalgamate.py" "${PROJECT_SOURCE_DIR}/include"
            pane/pane.hpp "${joined}"
    DEPENDS ${pane_headers} "${scripts}/amalgamate.py" VERBATIM)
  # Not linked to pane::pane: the joined file must be all that a user needs.
  add_executable(single_header package/main.cpp "${joined}")
  find_package(Threads REQUIRED)
  target_link_libraries(single_header PRIVATE pane_develop Threads::Threads)
  target_compile_features(single_header PRIVATE cxx_std_20)
  target_include_directories(single_header PRIVATE "${PROJECT_BINARY_DIR}/single")
  set_target_properties(single_header PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin/tests")
  pane_register_test(single_header COMMAND single_header LABELS package)
endfunction()
