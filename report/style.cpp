#include "report/style.h"

namespace melomine::report {

// Colours of series keep apart for the colour-blind (blue, orange, green, purple, …, each with its own
// dashes); verdicts and judgements differ in form as well.
const char* const kReportStyle = R"(
:root{color-scheme:light dark;--lit:40%;--ink:#1b2330;--soft:#566173;--line:#dde1e8;--paper:#fff;--card:#f5f7fa;--accent:#0b62a8;
--s0:#0b62a8;--s1:#c05000;--s2:#0a7a55;--s3:#8338c9;--s4:#a8327d;--s5:#5b6470;--good:#0a7a55;--bad:#c22f2f;
--drop:#b9c0cb;--h0:#9ecbf5;--h1:#f8c98f;--h2:#9fdcbd;--h3:#d3b9f2;--h4:#f2b3d1;--h5:#e6dc83;--h6:#a5dbe3;--h7:#c9c3b8}
@media(prefers-color-scheme:dark){:root{--lit:65%;--ink:#e7ebf1;--soft:#a3aebf;--line:#323a47;--paper:#12161d;--card:#1a2029;--accent:#6db5ff;
--s0:#6db5ff;--s1:#ff9f5a;--s2:#58d3a0;--s3:#c4a0ff;--s4:#f590c9;--s5:#b4bdca;--good:#58d3a0;--bad:#ff8585;
--drop:#4d5665;--h0:#215a8f;--h1:#8a5417;--h2:#1c6b4b;--h3:#5f3f94;--h4:#8a3a66;--h5:#6d6414;--h6:#1c6873;--h7:#5d564a}}
*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}
body{margin:0;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:1180px;margin:auto;padding:28px 20px 48px}
h1{font-size:1.7rem;line-height:1.2;margin:0}h2{font-size:1.25rem;margin:0 0 .25rem}h3{font-size:1rem;margin:1.2rem 0 .4rem}
h3 small{font-weight:400;color:var(--soft);margin-left:.4rem}
header{border-bottom:1px solid var(--line);padding-bottom:16px}section{margin-top:2.4rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,165px),1fr));gap:12px;margin:1rem 0}
.tiles div{background:var(--card);border-radius:10px;padding:10px 14px}.tiles dt{font-weight:400;font-size:.85rem;color:var(--soft);overflow-wrap:anywhere}
.tiles dd{color:var(--ink);font-size:1.6rem;line-height:1.25;font-weight:600;margin:0;font-variant-numeric:tabular-nums}
.tiles small{display:block;font-size:.8rem;line-height:1.35;font-weight:400;color:var(--soft)}
.sets,.troubles{margin:.6rem 0;padding-left:1.2rem;max-width:60em;overflow-wrap:anywhere}p.troubles{padding:0;color:var(--good)}.troubles .grave{color:var(--bad)}
.next{margin:.8rem 0 0;max-width:60em;overflow-wrap:anywhere}.next+pre{margin:.3rem 0 .8rem;white-space:pre-wrap;overflow-wrap:anywhere}
.result{font-size:1.1rem;margin:.6rem 0 .4rem;max-width:52em}.meta{color:var(--soft);margin:.2rem 0;font-size:.9rem;overflow-wrap:anywhere}
nav{margin-top:.7rem;font-size:.95rem}nav a{margin-right:1.1rem}a{color:var(--accent)}
.note{color:var(--soft);margin:0 0 .8rem;max-width:60em;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin:.4rem 0 1rem}.scroll:focus-visible{outline:2px solid var(--accent)}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{padding:.4rem .55rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:top}
thead th{font-weight:600;color:var(--soft);vertical-align:bottom;white-space:normal;line-height:1.25}
th:first-child{text-align:left;position:sticky;left:0;background:var(--paper)}
th.set{padding-top:1rem}th.set small{display:inline;margin-left:.6rem}td.text,th.text{text-align:left;white-space:normal}
td small,th small{display:block;font-size:.75rem;font-weight:400;color:var(--soft)}small.wrap{white-space:normal;min-width:9em;max-width:14em;margin-left:auto}
.good{color:var(--good)}.bad{color:var(--bad)}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:16px}
figure{margin:0;background:var(--card);border-radius:10px;padding:12px 12px 6px;display:flex;flex-direction:column;break-inside:avoid}
figcaption{font-size:.85rem;line-height:1.35;color:var(--soft);margin-bottom:4px}figcaption strong{color:var(--ink)}
figure>svg{width:100%;height:auto;margin-top:auto}
.legend{margin:2px 0 6px;font-size:.82rem;line-height:1.5;color:var(--ink)}.legend span{display:inline-block;margin-right:.9rem;white-space:nowrap}
.legend svg{width:26px;height:14px;margin-right:.35rem;vertical-align:-2px}
text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:var(--soft)}text.end{text-anchor:end}text.middle{text-anchor:middle}
text.strong,text.name{fill:var(--ink)}.grid{stroke:var(--line)}.rule{stroke:var(--ink);stroke-dasharray:3 3}
.curve{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.whisker{fill:none;stroke-width:1.6}
path.s0{stroke:var(--s0)}path.s1{stroke:var(--s1)}path.s2{stroke:var(--s2)}path.s3{stroke:var(--s3)}path.s4{stroke:var(--s4)}path.s5{stroke:var(--s5)}
.curve.s1{stroke-dasharray:7 4}.curve.s2{stroke-dasharray:2 4}.curve.s3{stroke-dasharray:9 3 2 3}.curve.s4{stroke-dasharray:4 3}.curve.s5{stroke-dasharray:12 4}
.dot.s0{fill:var(--s0)}.dot.s1{fill:var(--s1)}.dot.s2{fill:var(--s2)}.dot.s3{fill:var(--s3)}.dot.s4{fill:var(--s4)}.dot.s5{fill:var(--s5)}
.frame{fill:none;stroke:var(--line)}.point circle{fill:hsl(var(--hue) 65% var(--lit));fill-opacity:.75}
.point path{fill:none;stroke:hsl(var(--hue) 65% var(--lit));stroke-width:2;stroke-opacity:.85}.point.plain circle{fill:var(--soft)}.point.plain path{stroke:var(--soft)}
.bar.relevant{fill:var(--s0)}.bar.uncertain{fill:var(--s1);fill-opacity:.75}.bar.dropped{fill:var(--drop)}
.timeline{display:block;min-width:860px;width:100%;height:auto}.lane{fill:var(--card)}
.fragment{stroke:none}.fragment.open{fill-opacity:.28;stroke-width:1.6;stroke-dasharray:4 3}
.h0{fill:var(--h0);stroke:var(--h0)}.h1{fill:var(--h1);stroke:var(--h1)}.h2{fill:var(--h2);stroke:var(--h2)}.h3{fill:var(--h3);stroke:var(--h3)}
.h4{fill:var(--h4);stroke:var(--h4)}.h5{fill:var(--h5);stroke:var(--h5)}.h6{fill:var(--h6);stroke:var(--h6)}.h7{fill:var(--h7);stroke:var(--h7)}
.thin{stroke:none}text.number{font-weight:700;fill:var(--ink)}text.words{font-size:11px;fill:var(--ink)}text.remark{font-size:11px}text.flag{font-size:11px;fill:var(--bad);font-weight:600}
.right circle{fill:var(--good)}.wrong circle{fill:var(--bad)}.right path,.wrong path{fill:none;stroke:var(--paper);stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.groups{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:16px}
article{background:var(--card);border-radius:10px;padding:12px;break-inside:avoid}article h3{margin:0 0 .3rem}
.clip p{margin:.5rem 0 .2rem;font-size:.85rem;line-height:1.35;color:var(--soft);overflow-wrap:anywhere}.clip strong{color:var(--ink)}audio{width:100%;height:38px;display:block}
pre{background:var(--card);border-radius:10px;padding:12px;overflow-x:auto;font-size:.82rem;line-height:1.45;margin:.5rem 0}
details{border-top:1px solid var(--line);padding:.5rem 0;margin-top:14px}details+details{margin-top:0}summary{cursor:pointer;font-weight:600}details .charts{margin-top:.6rem}
dl{display:grid;grid-template-columns:minmax(8em,14em) 1fr;gap:.35rem 1rem;font-size:.92rem;margin:.6rem 0}dt{font-weight:600}dd{margin:0;color:var(--soft)}
@media(max-width:600px){main{padding:18px 12px 36px}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}th,td{padding:.35rem .4rem}}
@media print{:root{color-scheme:light}main{max-width:none;padding:0}nav,audio{display:none}.scroll{overflow:visible}table{font-size:.7rem}th:first-child{position:static}
th,td{padding:.25rem .3rem}.timeline{min-width:0}pre{white-space:pre-wrap}}
)";

}  // namespace melomine::report
