// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

/// Curves on two axes, as the SVG of a report's page.
namespace coview::tool {

enum class dash : unsigned char { solid, dashed, dotted };

struct curve {
  std::string label;  ///< stands at its end; may be empty
  std::vector<std::pair<double, double>> points;
  std::size_t colour = 0;  ///< class "c0", "c1", … of the page's style
  dash how = dash::solid;
};

struct axis {
  std::string title;
  bool logarithmic = true;  ///< else from 0
  std::string (*text)(double) = nullptr;
};

struct plot {
  axis x;
  axis y;
  std::vector<curve> curves;
  bool filled = false;  ///< down to the axis, as of a histogram
  bool dots = true;     ///< where it was measured
};

/// For UTF-8 text in HTML and SVG.
[[nodiscard]] std::string html_text(std::string const& text);

/// An SVG element without colours or fonts of its own: they are the page's. A value that a logarithmic axis does not
/// have stands at its beginning, such as the ground of a histogram.
[[nodiscard]] std::string svg_of(plot const& what);

}  // namespace coview::tool
