// SPDX-License-Identifier: MIT
// build error: nothing is wrong here
int main() {}
