// SPDX-License-Identifier: MIT
#include <catch_compat.hpp>

#include <infoflow/core/site.hpp>

using namespace infoflow;

TEST_CASE("a site prints as layer and kind, a vision site as its kind", "[core][site]") {
  CHECK(to_string(Site{12, SiteKind::post_attention_norm}) == "layers.12.post_attention_norm");
  CHECK(to_string(Site{0, SiteKind::projector}) == "projector");
  CHECK(to_string(Site{0, SiteKind::encoder_last}) == "encoder_last");
}

TEST_CASE("every kind's name reads back as the kind", "[core][site]") {
  for (std::size_t i = 0; i < site_kind_names.size(); ++i) {
    const auto kind = static_cast<SiteKind>(i);
    CHECK(site_kind(to_string(kind)) == kind);
  }
  CHECK_FALSE(site_kind("post_attention"));
  CHECK_FALSE(site_kind(""));
}

TEST_CASE("a decoder kind has a site per layer, a vision kind has one", "[core][site]") {
  const auto norms = sites_at_all_layers(SiteKind::input_norm, 3);
  CHECK(norms == std::vector<Site>{{0, SiteKind::input_norm},
                                   {1, SiteKind::input_norm},
                                   {2, SiteKind::input_norm}});
  CHECK(sites_at_all_layers(SiteKind::projector, 3) == std::vector<Site>{{0, SiteKind::projector}});
  CHECK(Site{1, SiteKind::block_output} < Site{2, SiteKind::block_input});
}
