// SPDX-License-Identifier: MIT
// From features and gradients to a heat map on the picture, without any model.
#include <iomanip>
#include <iostream>

#include <infoflow/cam/grad_cam_smoother.hpp>
#include <infoflow/cam/normalise.hpp>
#include <infoflow/core/painted_heat.hpp>

int main() {
  using namespace infoflow;

  // One system token, a 2 × 2 grid of image tokens, one user token; two channels.
  const TokenPartition partition(6, {Span{1, 5}});
  HostMatrix features(6, 2);
  features << 0, 0, /**/ 1, 0, /**/ 2, 0, /**/ 0, 3, /**/ 0, 1, /**/ 1, 1;
  HostMatrix gradients(6, 2);
  gradients << 0, 0, /**/ 2, 0, /**/ 2, 0, /**/ 0, -1, /**/ 0, 3, /**/ 1, 0;
  const std::vector<Index> positions{0, 1, 2, 3, 4, 5};

  const std::vector<AnyWeighting<HostMatrix>> weightings{MeanGradient{}, HiResCam{}};
  SiteHeat heat{Site{7, SiteKind::post_attention_norm}};
  heat.add(Gradient<HostMatrix>{heat.site, positions, features, gradients}, partition, weightings);

  std::cout << std::fixed << std::setprecision(3) << to_string(heat.site) << '\n';
  for (const auto& [weighting, average] : heat.maps) {
    const HostVector mean = average.mean();
    std::cout << std::setw(6) << weighting << ": " << mean.transpose() << "  ("
              << to_string(average.status()) << ", concentration " << concentration(mean) << ")\n";
  }
  std::cout << "image part of |G·A|: " << heat.mass() << "\n\n";

  // Painted on a picture of 8 × 4 pixels of which the outer columns were cropped away.
  const auto layout = ImageLayout::grid(Preprocessing(8, 4).cropped(2, 0, 4, 4), 2, 2);
  const PixelHeat picture = paint(layout, normalise(heat["hires"].mean()), HeatKind::intensity,
                                  Interpolation::nearest, 8, 4);
  for (Index y = 0; y < 4; ++y) {
    for (Index x = 0; x < 8; ++x) {
      if (picture.seen(y, x)) {
        std::cout << std::setw(6) << picture.values(y, x);
      } else {
        std::cout << "  ////";
      }
    }
    std::cout << '\n';
  }
}
