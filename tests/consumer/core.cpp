// SPDX-License-Identifier: MIT
// The core from outside: one site printed; the other tier is in another file, so that two files of
// one program include the library and the linker sees any definition that is not inline.
#include <cstdio>

#include <infoflow/infoflow.hpp>

int other_tier();

int main() {
  const infoflow::Site site{12, infoflow::SiteKind::post_attention_norm};
  if (infoflow::to_string(site) != "layers.12.post_attention_norm") return 1;
  std::puts(infoflow::to_string(site).c_str());
  return other_tier();
}
