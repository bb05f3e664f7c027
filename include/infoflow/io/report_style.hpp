// SPDX-License-Identifier: MIT
/// \file How the report page looks.
#pragma once

#include <string_view>

namespace infoflow::detail {

inline constexpr std::string_view report_style = R"css(
:root {
  --ink: #1f2328; --muted: #59636e; --line: #d1d9e0; --soft: #f6f8fa; --accent: #0b63ce;
}
* { box-sizing: border-box; }
body {
  margin: 0; background: #fff; color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
header, main { max-width: 1200px; margin: 0 auto; padding: 0 28px; }
header { padding-top: 26px; }
.brand { margin: 0; color: var(--muted); font-size: 13px; letter-spacing: 0.02em; }
h1 {
  margin: 6px 0 8px; font-size: 25px; line-height: 1.3; font-weight: 650;
  white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate;
}
h2 { margin: 34px 0 4px; padding-top: 14px; border-top: 1px solid var(--line); font-size: 18px; }
h3 { margin: 18px 0 6px; font-size: 15px; overflow-wrap: anywhere; }
p { margin: 4px 0 10px; max-width: 88ch; }
.muted, .explain { color: var(--muted); }
.explain { font-size: 14px; }
.said {
  margin: 0 0 12px; padding: 8px 12px;
  border-left: 3px solid var(--answer); background: var(--soft);
  max-width: none; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate;
}
.said b { color: var(--answer); font-weight: 600; }
.bar-controls {
  position: sticky; top: 0; z-index: 2; background: rgba(255, 255, 255, 0.97);
  border-bottom: 1px solid var(--line); padding: 10px 0;
}
.chips { display: flex; flex-wrap: wrap; gap: 6px; max-height: 118px; overflow-y: auto; }
.chip {
  display: inline-flex; flex-direction: column; align-items: center; min-width: 44px;
  padding: 3px 9px; border: 1px solid var(--line); border-radius: 6px; background: #fff;
  color: inherit; font: inherit; line-height: 1.25; cursor: pointer;
}
.chip small { color: var(--muted); font-size: 11px; }
.chip:hover { border-color: var(--answer); }
.chip[aria-pressed="true"] { border-color: var(--answer); background: #ecebf7; }
.piece { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; max-width: 300px; }
.settings { display: flex; flex-wrap: wrap; gap: 8px 22px; align-items: center; margin-top: 9px; }
.settings label { display: inline-flex; gap: 8px; align-items: center; font-size: 14px; }
.settings label.wide { flex: 1 1 380px; font-weight: 600; }
.settings label.wide input { flex: 1; }
.settings output { min-width: 88px; font-weight: 400; color: var(--muted); }
input[type="range"] { accent-color: var(--accent); }
select { font: inherit; font-size: 14px; padding: 2px 4px; }
.plots { display: grid; grid-template-columns: 3fr 2fr; gap: 30px; }
.plots h3 { margin: 12px 0 0; }
.plots svg { width: 100%; height: auto; display: block; cursor: pointer; touch-action: none; }
.keys { display: flex; flex-wrap: wrap; gap: 2px 16px; min-height: 24px; font-size: 13px; }
.key { display: inline-flex; align-items: center; gap: 6px; }
.key i { width: 14px; height: 3px; border-radius: 2px; }
.key b { font-weight: 600; min-width: 50px; }
.grid { stroke: #e6eaee; }
.marker { stroke: var(--ink); stroke-dasharray: 3 3; }
.tick, .axis { font-size: 12px; fill: var(--muted); }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.panels { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 22px; }
figure { margin: 10px 0 0; }
figcaption { min-height: 66px; font-size: 14px; line-height: 1.4; }
.stage { position: relative; border: 1px solid var(--line); line-height: 0; cursor: crosshair; }
.stage img { width: 100%; height: auto; }
.stage canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.cell {
  position: absolute; border: 1.5px solid #fff; outline: 1px solid #000; pointer-events: none;
}
.message {
  position: absolute; left: 0; right: 0; bottom: 0; padding: 0 8px;
  background: rgba(31, 35, 40, 0.8);
  color: #fff; font-size: 12.5px; line-height: 1.9; pointer-events: none;
}
.message:empty { display: none; }
.bar { display: flex; align-items: center; gap: 8px; margin-top: 7px; font-size: 12.5px; }
.bar canvas { flex: 1; height: 11px; min-width: 0; border: 1px solid var(--line); }
.reading {
  min-height: 38px; margin-top: 3px; color: var(--muted); font-size: 12.5px; line-height: 1.5;
}
.tokens { line-height: 2.05; overflow-wrap: anywhere; }
.token {
  display: inline-block; max-width: 100%; margin: 0 2px; padding: 0 4px; line-height: 1.5;
  border-bottom: 2px solid; border-radius: 3px 3px 0 0;
  white-space: pre-wrap; unicode-bidi: isolate;
}
.token.system { border-color: var(--system); } .token.image { border-color: var(--image); }
.token.user { border-color: var(--user); } .token.answer { border-color: var(--answer); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0; font-size: 13px; }
.legend .token { margin: 0; }
.ramp { width: 150px; height: 12px; align-self: center; border: 1px solid var(--line);
  background: linear-gradient(to right, #fff, rgb(250, 204, 21)); }
table { border-collapse: collapse; font-size: 14px; }
th, td { padding: 3px 16px 3px 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
tr + tr td, tr + tr th { border-top: 1px solid #eaeef2; }
.run th { color: var(--muted); font-weight: 500; white-space: nowrap; }
.layers td, .layers th { text-align: right; padding-right: 22px; }
.layers th { color: var(--muted); font-weight: 500; }
summary { cursor: pointer; color: var(--accent); margin: 8px 0; }
ul { margin: 4px 0; padding-left: 20px; overflow-wrap: anywhere; }
main { padding-bottom: 60px; }
@media (max-width: 820px) {
  .panels, .plots { grid-template-columns: minmax(0, 1fr); }
  .bar-controls { position: static; }
}
@media print { .bar-controls { position: static; } }
)css";

}  // namespace infoflow::detail
