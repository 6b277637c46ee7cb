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

/// Which numbers an axis has marks at. It begins and ends at such a number too, though not always at a marked one.
enum class marks_at : unsigned char {
  decimal,    ///< 1, 2, 5, 10, 20, …
  binary,     ///< the same in bytes, KiB, MiB, …: after 500 KiB comes 1 MiB
  doublings,  ///< powers of two
};

/// All axes are logarithmic.
struct axis {
  std::string title;
  marks_at marks = marks_at::decimal;
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

/// An SVG element without colours or fonts of its own: they are the page's. A value that an axis does not
/// have stands at its beginning, such as the ground of a histogram.
[[nodiscard]] std::string svg_of(plot const& what);

}  // namespace coview::tool
