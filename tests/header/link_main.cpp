// SPDX-License-Identifier: MIT
// Linked with two files made from link_unit.in: both must see types of the same size, whatever compiled them.
#include <cstdio>

unsigned long long pane_unit_one();
unsigned long long pane_unit_two();

int main() {
  unsigned long long const one = pane_unit_one();
  unsigned long long const two = pane_unit_two();
  std::printf("Tensor * 1000 + AnyTensor, in bytes: %llu and %llu\n", one, two);
  return one == two ? 0 : 1;
}
