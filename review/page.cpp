#include "review/page.h"

#include "service/page.h"

namespace melomine::review {
namespace {

constexpr const char* kReviewPage = R"(<!DOCTYPE html>
<html lang='en'><head><meta charset='utf-8'/>
<meta name='viewport' content='width=device-width,initial-scale=1'/>
<title>Review pairs - melomine</title>
<link rel='icon' href='/review.svg'/><link rel='stylesheet' href='/review.css'/>
<script src='/review.js' defer='defer'></script></head>
<body><main>
<header><h1>Do these two sing the same?</h1>
<form id='who'><label for='reviewer'>You are</label><input id='reviewer' maxlength='60' autocomplete='off'/><button
id='begin' type='submit'>Begin</button></form></header>
<div id='progress' role='progressbar' aria-label='Pairs decided' aria-valuemin='0' aria-valuenow='0' aria-valuemax='1'><div
id='bar'></div></div>
<p id='counts' class='soft' role='status' aria-live='polite'>&#160;</p>
<p id='error' role='alert'></p>
<section id='pair' hidden='hidden' aria-label='The pair'>
<article id='original' class='side'><h2><kbd>1</kbd> <span class='title'></span></h2><p class='time soft'></p><div
class='plot'></div></article>
<article id='place' class='side'><h2><kbd>2</kbd> <span class='title'></span></h2><p class='time soft'></p><div
class='plot'></div></article>
<div class='row'>
<button id='play-original' type='button' aria-keyshortcuts='1'>Play the original <kbd>1</kbd></button>
<button id='play-place' type='button' aria-keyshortcuts='2'>Play the other <kbd>2</kbd></button>
<button id='play-both' type='button' aria-keyshortcuts='3'>Both in step <kbd>3</kbd></button>
<button id='stop' type='button' aria-keyshortcuts='0'>Stop <kbd>0</kbd></button>
</div>
<div class='row answers'>
<button id='same' type='button' class='good' aria-keyshortcuts='s'>Same <kbd>S</kbd></button>
<button id='different' type='button' class='bad' aria-keyshortcuts='d'>Different <kbd>D</kbd></button>
<button id='skip' type='button' aria-keyshortcuts='k'>Skip <kbd>K</kbd></button>
</div>
</section>
<p id='done' hidden='hidden'>Nothing is left for you to judge.</p>
<div class='row'>
<button id='undo' type='button' aria-keyshortcuts='u' disabled='disabled'>Undo <kbd>U</kbd></button>
<button id='show-help' type='button' aria-keyshortcuts='?' aria-expanded='false' aria-controls='help'>Help <kbd>?</kbd></button>
</div>
<section id='help' hidden='hidden' aria-label='Help'>
<p><strong>Same</strong>: the second sings the tune of the first, the same part of it, and both begin and end together to about half a
second. Another key, other words, another tempo do not matter. <strong>Different</strong>: another tune, another part of it, or shifted.
<strong>Skip</strong>: you cannot tell.</p>
<p>Keys: <kbd>1</kbd> the original, <kbd>2</kbd> the other, <kbd>3</kbd> both in step (the original left, the other right, at the original's
tempo), <kbd>0</kbd> stop, <kbd>S</kbd> same, <kbd>D</kbd> different, <kbd>K</kbd> skip, <kbd>U</kbd> take the last answer back,
<kbd>?</kbd> this help.</p>
</section>
</main><noscript><p>This page needs JavaScript.</p></noscript></body></html>
)";

constexpr const char* kReviewIcon = R"(<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>
<rect width='32' height='32' rx='7' fill='#0b62a8'/>
<path d='M5 13q3.5-7 7 0t7 0 8 0M5 22q3.5-7 7 0t7 0 8 0' fill='none' stroke='#fff' stroke-width='3' stroke-linecap='round'/></svg>
)";

constexpr const char* kReviewStyle =
    R"(:root{color-scheme:light dark;--ink:#1b2330;--soft:#566173;--line:#d5dae3;--paper:#fff;
--card:#f5f7fa;--accent:#0b62a8;--first:#0b62a8;--second:#c05000;--good:#0a7a55;--bad:#c22f2f}
@media(prefers-color-scheme:dark){:root{--ink:#e7ebf1;--soft:#a3aebf;--line:#323a47;--paper:#12161d;--card:#1a2029;
--accent:#6db5ff;--first:#6db5ff;--second:#ff9f5a;--good:#58d3a0;--bad:#ff8585}}
*{box-sizing:border-box}[hidden]{display:none!important}html{-webkit-text-size-adjust:100%}
body{margin:0;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:900px;margin:auto;padding:22px 20px 40px}
header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:8px 20px}
h1{font-size:1.45rem;line-height:1.2;margin:0}form{display:flex;gap:8px;align-items:center;flex-wrap:wrap}
h2{font-size:1rem;margin:0;overflow-wrap:anywhere;display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;overflow:hidden}
.time{margin:0 0 .4rem;font-size:.88rem;font-variant-numeric:tabular-nums}
.soft{color:var(--soft)}#counts{margin:.4rem 0 1rem;font-size:.9rem;font-variant-numeric:tabular-nums}
#progress{height:6px;background:var(--line);border-radius:3px;margin-top:14px;overflow:hidden}
#bar{height:100%;width:100%;background:var(--good);transform-origin:left;transform:scaleX(0)}
#error{margin:.4rem 0;color:var(--bad);overflow-wrap:anywhere}#error:empty{display:none}
.side{background:var(--card);border-radius:12px;padding:12px 14px;margin:0 0 10px;border:2px solid transparent}
.side.playing{border-color:var(--accent)}
svg.drawn{width:100%;height:auto;display:block}.drawn .wave{fill:var(--line)}.drawn .curve{fill:none;stroke-width:2.4;stroke-linecap:round;
stroke-linejoin:round}.drawn .other{fill:none;stroke-width:1.2;opacity:.55}
.drawn .original{stroke:var(--first)}.drawn .place{stroke:var(--second)}.drawn .cursor{stroke:var(--ink)}
.row{display:flex;flex-wrap:wrap;gap:10px;margin:0 0 12px}
button,input{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:9px;padding:.45rem .9rem}
button{cursor:pointer}button:hover:enabled{border-color:var(--accent)}button:disabled{opacity:.5;cursor:default}
button:focus-visible,input:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.answers button{flex:1 1 130px;font-weight:600;padding:.7rem}.good{border-color:var(--good);color:var(--good)}.bad{border-color:var(--bad);color:var(--bad)}
kbd{font:600 .78em ui-monospace,monospace;border:1px solid var(--line);border-radius:5px;padding:.05em .4em;color:var(--soft)}
#help{background:var(--card);border-radius:12px;padding:2px 16px;font-size:.94rem}#done{font-weight:600}
@media(max-width:520px){main{padding:14px 10px 30px}}
)";

}  // namespace

std::string page_html() {
  return kReviewPage;
}
std::string page_style() {
  return kReviewStyle;
}
std::string page_icon() {
  return kReviewIcon;
}
std::string page_script() {
  return std::string("'use strict';\n") + service::kAskScript + kDrawScript + kPlayScript + kReviewScript;
}

}  // namespace melomine::review
