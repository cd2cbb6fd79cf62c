"""How the page looks: paper and ink, by day and by night, on a telephone, a screen and in print."""

STYLESHEET = """
:root {
  color-scheme: light dark;
  --ink: #1c2024; --soft: #5c656e; --line: #dfe3e8; --ground: #ffffff; --card: #f6f8fa;
  --accent: #0062a0; --time: #b9d6ea; --energy: #f4d9a8; --right: #006b4d; --wrong: #b3261e;
  --loud: #ffd400; --loud-ink: #1c1a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e8ec; --soft: #9aa5b0; --line: #2c343d; --ground: #101418; --card: #181e25;
    --accent: #6cb8ee; --time: #1f4a66; --energy: #5d4517; --right: #4fc79e; --wrong: #ff8a80;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem) 4rem; max-width: 86rem;
  background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
h1, h2, h3, p, ul, dl, figure { margin: 0; }
h1 { font-size: clamp(2rem, 6vw, 3.2rem); line-height: 1.1; letter-spacing: -0.02em; overflow-wrap: anywhere; }
h2 { font-size: 1.45rem; line-height: 1.25; letter-spacing: -0.01em; margin-bottom: 1rem; }
h3 { font-size: 1rem; line-height: 1.35; }
a { color: var(--accent); text-underline-offset: 0.15em; }
a:focus-visible, [tabindex]:focus-visible, summary:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px;
}
code, pre { font: 0.88em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { overflow-wrap: anywhere; }
header { padding: clamp(1.5rem, 5vw, 3.5rem) 0 1.5rem; }
section { padding-top: 2.5rem; }
section > p { max-width: 46rem; margin-bottom: 1rem; }
.kicker { color: var(--soft); letter-spacing: 0.02em; }
.lead { font-size: 1.15rem; color: var(--soft); margin-top: 0.6rem; }
.soft { color: var(--soft); }
.badge {
  display: inline-block; padding: 0.1em 0.7em; border: 1px solid var(--line); border-radius: 1em;
  font-size: 0.8rem; font-weight: 600; color: var(--ink); white-space: nowrap; vertical-align: 0.12em;
}
.loud {
  background: var(--loud); color: var(--loud-ink); padding: 0.05em 0.4em; border-radius: 0.2em;
  font-weight: 700;
}
.badge.loud { border-color: var(--loud); text-transform: uppercase; border-radius: 1em; padding: 0.1em 0.8em; }
.banner {
  background: var(--loud); color: var(--loud-ink); margin-top: 1.2rem; padding: 0.8rem 1.1rem; border-radius: 0.5rem;
}
.right { color: var(--right); }
.wrong { color: var(--wrong); font-weight: 700; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; list-style: none; padding: 0; margin-top: 1.4rem; }
nav a { font-size: 0.92rem; }
.tiles {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 0.8rem; margin-bottom: 1rem;
}
.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: 0.7rem; padding: 1rem 1.1rem; }
.tiles h3 { color: var(--soft); font-weight: 500; font-size: 0.9rem; }
.tiles code { font-size: 0.85em; }
.tiles .large { font-size: 1.75rem; font-weight: 650; line-height: 1.25; letter-spacing: -0.015em; }
.tiles p { font-size: 0.88rem; color: var(--soft); }
.tiles .large, .tiles strong { color: var(--ink); }
.tiles .large .right { color: var(--right); }
.tiles .large .wrong { color: var(--wrong); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); gap: 0 3rem; }
.facts > div {
  display: grid; grid-template-columns: minmax(6rem, 9.5rem) minmax(0, 1fr); gap: 0 1.2rem; padding: 0.35rem 0;
  border-bottom: 1px solid var(--line);
}
dt { color: var(--soft); overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
data { font-variant-numeric: tabular-nums; }
.band { color: var(--soft); white-space: nowrap; }
.facts .band::before { content: "("; }
.facts .band::after { content: ")"; }
.bars { display: grid; gap: 1.2rem; margin: 1.5rem 0; }
.stack {
  display: flex; height: 1.1rem; border-radius: 0.3rem; overflow: hidden; margin: 0.3rem 0;
  background: var(--card);
}
.stack span { min-width: 1px; }
.key { display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; list-style: none; padding: 0; font-size: 0.88rem; }
.key i { display: inline-block; width: 0.75em; height: 0.75em; border-radius: 0.15em; margin-right: 0.4em; }
.key b { font-weight: 600; font-variant-numeric: tabular-nums; }
.halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); gap: 0 3rem; }
.scroll { overflow-x: auto; max-width: 100%; }
div.scroll { margin-bottom: 1rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 0.4rem; caption-side: top; }
caption span { position: sticky; left: 0; display: inline-block; max-width: calc(100vw - 3rem); }
th, td { padding: 0.32rem 0.45rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
thead th { vertical-align: bottom; font-weight: 600; color: var(--soft); border-bottom: 2px solid var(--line); }
thead th code { font-weight: 400; }
th:first-child { text-align: left; position: sticky; left: 0; background: var(--ground); }
tbody th { font-weight: 600; }
th.text, td.text { text-align: left; }
th:last-child, td:last-child { padding-right: 0.2rem; }
td small { display: block; color: var(--soft); font-size: 0.82em; line-height: 1.25; }
.layers td small { display: inline-block; min-width: 3.6em; padding-left: 0.5em; }
.bar {
  background: linear-gradient(to right, var(--fill) var(--share), transparent var(--share)) no-repeat 0 50% / 100% 70%;
}
.time { --fill: var(--time); min-width: 5rem; }
.energy { --fill: var(--energy); min-width: 7.5rem; }
.gallery { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1.5rem; }
.gallery figure { min-width: 0; }
.gallery .wide { grid-column: 1 / -1; }
.paper {
  background: #ffffff; border: 1px solid var(--line); border-radius: 0.7rem; padding: 1rem;
  margin-bottom: 0.7rem;
}
.paper img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
.wide .paper img { min-width: 44rem; }
figcaption { font-size: 0.92rem; }
figcaption p { color: var(--soft); }
.caveats, .notes { padding-left: 1.2rem; }
.caveats li { margin-bottom: 0.5rem; max-width: 56rem; }
.notes { font-size: 0.88rem; margin-bottom: 2rem; }
#prices h3 { font-size: 1.1rem; margin-top: 1.5rem; }
#prices .facts, #manifest .facts { margin: 0.6rem 0 1rem; font-size: 0.92rem; }
details { margin-top: 1rem; }
summary { cursor: pointer; color: var(--accent); }
pre {
  background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; padding: 1rem; overflow: auto;
  max-height: 40rem;
}
@media (max-width: 40rem) {
  body { font-size: 15px; }
  .facts > div { grid-template-columns: 1fr; }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
  .tiles .large { font-size: 1.4rem; }
  .paper { padding: 0.5rem; }
}
@media print {
  :root {
    color-scheme: light; --ink: #000000; --soft: #444444; --line: #cccccc; --ground: #ffffff; --card: #ffffff;
    --accent: #000000; --time: #b9d6ea; --energy: #f4d9a8; --right: #006b4d; --wrong: #b3261e;
  }
  @page { margin: 14mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, details { display: none; }
  section { padding-top: 1.4rem; }
  h2, h3, caption { break-after: avoid; }
  figure, tr, .tiles > div, .shares, .facts > div { break-inside: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 6.4pt; }
  th, td { padding: 0.15rem 0.2rem; white-space: normal; }
  th:first-child { min-width: 3.6rem; overflow-wrap: anywhere; }
  data, td small { white-space: nowrap; }
  .layers td small { display: block; min-width: 0; padding: 0; }
  .time, .energy { min-width: 0; }
  .wide .paper img { min-width: 0; }
  th:first-child { position: static; }
}
"""
