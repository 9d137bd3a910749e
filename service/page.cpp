#include "service/page.h"

namespace melomine::service {
namespace {

constexpr const char* kPage = R"(<!DOCTYPE html>
<html lang='en'><head><meta charset='utf-8'/>
<meta name='viewport' content='width=device-width,initial-scale=1'/>
<title>Find a song by humming - melomine</title>
<link rel='icon' href='/page.svg'/><link rel='stylesheet' href='/page.css'/>
<script src='/page.js' defer='defer'></script></head>
<body><main>
<header><h1>Find a song by humming</h1><p id='library' class='soft'>&#160;</p></header>
<section id='ask' aria-label='Your hum'>
<div class='row'>
<button id='record' type='button' class='big' aria-pressed='false'><span class='dot' aria-hidden='true'></span><span
id='record-text'>Record a hum</span></button>
<span class='soft'>or</span>
<label class='file' for='file'>Choose a recording<input id='file' type='file' accept='audio/*,video/webm,.mka,.opus'/></label>
</div>
<div id='level' hidden='hidden' aria-hidden='true'><div id='level-bar'></div></div>
<p id='hint' class='soft'>Hum, sing or whistle the tune for 5 to 15 seconds. The words do not matter.</p>
<p id='status' role='status' aria-live='polite'></p>
<p id='error' role='alert'></p>
<div id='hum' hidden='hidden'><span class='soft'>Your hum</span><audio id='hum-audio' controls='controls'></audio></div>
</section>
<section id='answer' hidden='hidden' aria-labelledby='verdict-line'>
<h2 id='verdict-line' tabindex='-1'>&#160;</h2>
<ol id='songs'></ol>
<p id='no-verdict' hidden='hidden'><button id='none' type='button'>None of these is right</button></p>
<p id='thanks' role='status' aria-live='polite'></p>
</section>
</main><noscript><p>This page needs JavaScript.</p></noscript></body></html>
)";

constexpr const char* kIcon = R"(<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>
<rect width='32' height='32' rx='7' fill='#0b62a8'/>
<path d='M5 18q3.5-10 7 0t7 0 8 0' fill='none' stroke='#fff' stroke-width='3' stroke-linecap='round'/></svg>
)";

constexpr const char* kStyle =
    R"(:root{color-scheme:light dark;--ink:#1b2330;--soft:#566173;--line:#d5dae3;--paper:#fff;
--card:#f5f7fa;--accent:#0b62a8;--on-accent:#fff;--hum:#c05000;--song:#0b62a8;--good:#0a7a55;--bad:#c22f2f}
@media(prefers-color-scheme:dark){:root{--ink:#e7ebf1;--soft:#a3aebf;--line:#323a47;--paper:#12161d;--card:#1a2029;
--accent:#6db5ff;--on-accent:#0c1118;--hum:#ff9f5a;--song:#6db5ff;--good:#58d3a0;--bad:#ff8585}}
*{box-sizing:border-box}[hidden]{display:none!important}html{-webkit-text-size-adjust:100%}
body{margin:0;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:760px;margin:auto;padding:28px 20px 48px}
h1{font-size:1.7rem;line-height:1.2;margin:0}h2{font-size:1.15rem;margin:1.8rem 0 .7rem}h2:focus{outline:none}
.soft{color:var(--soft)}header p{margin:.3rem 0 0;font-size:.9rem;overflow-wrap:anywhere}
#ask{margin-top:1.4rem;background:var(--card);border-radius:12px;padding:20px}
.row{display:flex;flex-wrap:wrap;align-items:center;gap:14px}
button,.file{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:9px;padding:.5rem .95rem;cursor:pointer}
button:hover:enabled,.file:hover{border-color:var(--accent)}button:disabled{opacity:.55;cursor:default}
button:focus-visible,.file:focus-within,summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.big{font-weight:600;background:var(--accent);border-color:var(--accent);color:var(--on-accent);padding:.7rem 1.3rem;min-width:12.5rem;text-align:left}
.dot{display:inline-block;width:.8em;height:.8em;border-radius:50%;background:currentColor;margin-right:.6em;vertical-align:-.05em}
[aria-pressed=true] .dot{border-radius:2px;animation:beat 1s infinite alternate}@keyframes beat{to{opacity:.35}}
@media(prefers-reduced-motion:reduce){[aria-pressed=true] .dot{animation:none}}
.file{display:inline-block;position:relative;overflow:hidden}.file input{position:absolute;inset:0;opacity:0;cursor:pointer;font-size:0}
#level{height:6px;background:var(--line);border-radius:3px;margin-top:14px;overflow:hidden}#level-bar{height:100%;width:100%;background:var(--hum);
transform-origin:left;transform:scaleX(0)}
#hint{margin:.9rem 0 0;font-size:.92rem}#status{margin:.6rem 0 0;font-weight:600}#status:empty,#error:empty,#thanks:empty{display:none}
#error{margin:.6rem 0 0;color:var(--bad);overflow-wrap:anywhere}
#hum{display:flex;align-items:center;gap:12px;margin-top:12px;font-size:.92rem;flex-wrap:wrap}audio{height:38px;flex:1 1 260px;min-width:0;max-width:100%}
ol{list-style:none;margin:0;padding:0}li{border:1px solid var(--line);border-radius:12px;margin:0 0 10px}li.open{border-color:var(--accent)}
li.right{border-color:var(--good);border-width:2px}
.song{display:grid;grid-template-columns:1.6em 1fr auto;gap:.1rem .7rem;width:100%;text-align:left;border:0;border-radius:12px;background:none;padding:.7rem .95rem;align-items:baseline}
.rank{color:var(--soft);font-variant-numeric:tabular-nums}.title{font-weight:600;overflow-wrap:anywhere;display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;overflow:hidden}
.sure{font-variant-numeric:tabular-nums;white-space:nowrap}.where{grid-column:2/4;color:var(--soft);font-size:.88rem}
.more{padding:0 .95rem .95rem}.plot{width:100%;height:auto;display:block;background:var(--card);border-radius:9px}
.plot text{font:11px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:var(--soft)}.plot .grid{stroke:var(--line)}
.plot path{fill:none;stroke-linecap:round;stroke-linejoin:round}.plot .song-line{stroke:var(--song);stroke-width:5;opacity:.5}
.plot .hum-line{stroke:var(--hum);stroke-width:2}.plot .cursor{stroke:var(--ink);stroke-width:1}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.85rem;margin:.5rem 0 .7rem;color:var(--soft)}
.legend i{display:inline-block;width:22px;margin-right:.45rem;vertical-align:middle;border-radius:3px}
.legend .s{height:5px;background:var(--song);opacity:.6}.legend .h{height:2px;background:var(--hum)}
.hear{display:flex;flex-wrap:wrap;gap:10px;align-items:center;margin-bottom:.7rem;font-size:.92rem}
.yes{border-color:var(--good);color:var(--good);font-weight:600}#thanks{color:var(--good);font-weight:600}
@media(max-width:520px){main{padding:18px 12px 36px}.big{width:100%}}
)";

}  // namespace

std::string page_html() {
  return kPage;
}
std::string page_style() {
  return kStyle;
}
std::string page_icon() {
  return kIcon;
}
std::string page_script() {
  return std::string("'use strict';\n") + kAskScript + kPlotScript + kSoundScript + kMainScript;
}

}  // namespace melomine::service
