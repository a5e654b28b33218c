# A bug in handling memory shall end the process rather than let somebody in. What is tested is built
# like what is installed; sanitizers have checks of their own that these would get in the way of.
# tests/e2e/test_hardening.py looks for each of them in the program.

include(CheckPIESupported)
check_pie_supported()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_options(-fstack-protector-strong -fstack-clash-protection)
add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)  # needs optimisation: every type has it
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

# Returns and indirect jumps. The linker marks a program for shadow stacks only if all of it is, and
# Debian 12's start files say nothing: they keep to it, so the mark is asked for. They have no landing
# pads, though, so the program must not be marked for indirect branch tracking; its own code has them.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  add_compile_options(-fcf-protection=full)
  add_link_options(-Wl,-z,shstk)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  add_compile_options(-mbranch-protection=standard)
endif()
