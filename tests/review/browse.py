"""Opens the page of a review in a headless Chromium, uses it by the keyboard alone, and prints as JSON what it shows.

usage: browse.py ADDRESS REVIEWER [PICTURE.png [WIDTH [dark]]]"""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.support.browser import Browser  # noqa: E402

SHOWN = "document.body.dataset.pair"
PLAYING = "document.body.dataset.playing"


def text(browser, selector):
    return browser.value(f"document.querySelector('{selector}').textContent")


def wait_for_pair(browser, other_than=""):
    browser.wait_for(f"document.getElementById('error').textContent || (!document.getElementById('pair').hidden && !state.busy && "
                     f"{SHOWN} !== '{other_than}')")
    return browser.value(SHOWN)


def say_who(browser, reviewer):
    """The name is asked for first: the cursor stands there, and Enter begins."""
    browser.wait_for("document.activeElement.id === 'reviewer'")
    for letter in reviewer:
        browser.press(letter)
    browser.press("Enter")


def hear(browser):
    """What plays after each key, and whether the cursors move."""
    heard = []
    for key in "123":
        browser.press(key)
        browser.wait_for(f"{PLAYING} && [...document.querySelectorAll('.cursor')].some(line => Number(line.getAttribute('x1')) > 4)")
        heard.append([browser.value(PLAYING), browser.value("document.querySelectorAll('.playing').length")])
        browser.press("0" if key != "3" else "Escape")
        browser.wait_for(f"{PLAYING} === ''")
    durations = browser.value("""Promise.all(['original', 'place', 'in_step'].map(side => player.clips.get(state.pair.id + ' ' + side)))
                                 .then(clips => clips.map(clip => clip.duration))""")
    return {"heard": heard, "durations": durations}


def answer(browser, keys):
    """@returns the pairs that were shown, first the one that was there, and what the page told after each key"""
    shown, told = [browser.value(SHOWN)], []
    for key in keys:
        browser.press(key)
        if key == "?":
            told.append(browser.value("!document.getElementById('help').hidden"))
            continue
        browser.wait_for(f"document.getElementById('error').textContent || !document.getElementById('done').hidden || "
                         f"(!state.busy && {SHOWN} !== '{shown[-1]}')")
        shown.append(browser.value(SHOWN))
        told.append(text(browser, "#counts"))
    return {"shown": shown, "told": told}


def main():
    address, reviewer, *picture = sys.argv[1:]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(folder)
        try:
            for domain in ("Page", "Runtime", "Log"):
                browser.call(domain + ".enable")
            if picture:
                width = int(picture[1]) if len(picture) > 1 else 900
                browser.call("Emulation.setDeviceMetricsOverride", width=width, height=700, deviceScaleFactor=1, mobile=False)
                scheme = "dark" if "dark" in picture else "light"
                browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            browser.call("Page.navigate", url=address)
            browser.wait_for("document.readyState === 'complete'")
            say_who(browser, reviewer)
            wait_for_pair(browser)
            told = {
                "page": browser.value("document.title"),
                "titles": browser.value("[...document.querySelectorAll('h2 .title')].map(title => title.textContent)"),
                "images": browser.value("document.images.length"),
                "curves": browser.value("[...document.querySelectorAll('.curve')].map(curve => curve.getAttribute('d').length)"),
                "waves": browser.value("[...document.querySelectorAll('.wave')].map(wave => wave.getAttribute('d').length)"),
            }
            if picture:
                browser.take_picture(picture[0])
            told |= hear(browser)
            told |= answer(browser, "sdku?")
            told |= {"done": answer(browser, "sssss")["told"][-1]} if not picture else {}
            told["error"] = text(browser, "#error")
            told["problems"] = browser.problems()
        finally:
            browser.close()
    print(json.dumps(told))


main()
