# SPDX-License-Identifier: MIT
# cmake -D SOURCE= -D BUILD_DIR= -D CONFIG= -D TARGET= -P: passes when the target does not build AND says why.
file(READ "${SOURCE}" text)
if(NOT text MATCHES "// EXPECT: ([^\n]+)")
  message(FATAL_ERROR "${SOURCE} has no line `// EXPECT: <regular expression>`")
endif()
set(expected "${CMAKE_MATCH_1}")

set(ENV{LC_ALL} C) # plain quotes in the compiler's messages
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BUILD_DIR}" --target "${TARGET}" --config "${CONFIG}"
                RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles, but must not")
endif()
if(NOT output MATCHES "${expected}")
  message(FATAL_ERROR "${SOURCE} does not compile, but this was not said:\n  ${expected}\n"
                      "The compiler's words:\n${output}")
endif()
message(STATUS "refused as it should be: ${expected}")
