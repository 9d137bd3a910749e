"""Opens the page of the service in a headless Chromium, uses it as a person would, and prints as JSON what it shows.

usage: browse.py ADDRESS HUM.wav upload|record [PICTURE.png [WIDTH [dark]]]
Speaks the DevTools protocol through the browser's pipe; the microphone of `record` is the file."""
import json
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.support.browser import Browser  # noqa: E402


def upload(browser, hum):
    document = browser.call("DOM.getDocument")["root"]["nodeId"]
    file = browser.call("DOM.querySelector", nodeId=document, selector="#file")["nodeId"]
    browser.call("DOM.setFileInputFiles", nodeId=file, files=[str(hum)])


def record(browser):
    # The keyboard alone must do: the button is the first thing that takes it.
    browser.press("Tab")
    assert browser.value("document.activeElement.id") == "record"
    browser.press(" ")
    browser.wait_for("document.getElementById('record').getAttribute('aria-pressed') === 'true'")
    time.sleep(3)
    browser.press(" ")


def shown(browser):
    return {
        "title": browser.value("document.title"),
        "error": browser.value("document.getElementById('error').textContent"),
        "line": browser.value("document.getElementById('verdict-line').textContent"),
        "songs": browser.value("[...document.querySelectorAll('.title')].map(title => title.textContent)"),
        "images": browser.value("document.images.length"),
        "song_line": browser.value("(document.querySelector('.song-line')?.getAttribute('d') || '').length"),
        "hum_line": browser.value("(document.querySelector('.hum-line')?.getAttribute('d') || '').length"),
        "verdict_buttons": browser.value("document.querySelectorAll('.yes').length"),
    }


def hear(browser):
    """How long the song's stretch and the hum are, as their players loaded them."""
    browser.value("document.querySelectorAll('audio').forEach(player => player.load())")
    for player in ("li audio", "#hum-audio"):
        browser.value(f"document.querySelector('{player}').play()")
        browser.wait_for(f"document.querySelector('{player}').currentTime > 0.2")
    return {"song_s": browser.value("document.querySelector('li audio').duration"),
            "hum_s": browser.value("document.querySelector('#hum-audio').duration")}


def judge(browser):
    """Opens the second song, which has no recording, and says that it was the one."""
    browser.value("document.querySelectorAll('.song')[1].click()")
    browser.wait_for("document.querySelectorAll('li')[1].querySelector('.hear button') !== null")
    browser.value("document.querySelectorAll('li')[1].querySelector('.yes').click()")
    browser.wait_for("document.getElementById('thanks').textContent + document.getElementById('error').textContent")
    return {"thanks": browser.value("document.getElementById('thanks').textContent")}


def main():
    address, hum, what, *picture = sys.argv[1:]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(folder, hum)
        try:
            for domain in ("Page", "Runtime", "Log", "DOM"):
                browser.call(domain + ".enable")
            if picture:
                width = int(picture[1]) if len(picture) > 1 else 900
                browser.call("Emulation.setDeviceMetricsOverride", width=width, height=700, deviceScaleFactor=1, mobile=False)
                scheme = "dark" if "dark" in picture else "light"
                browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            browser.call("Page.navigate", url=address)
            browser.wait_for("document.readyState === 'complete' && document.getElementById('library').textContent.includes('song')")
            upload(browser, hum) if what == "upload" else record(browser)
            browser.wait_for("document.getElementById('error').textContent || document.querySelector('.hum-line') !== null")
            told = shown(browser)
            if what == "upload" and not told["error"]:
                told |= hear(browser)
                if picture:
                    browser.take_picture(picture[0])
                if told["verdict_buttons"]:
                    told |= judge(browser)
            elif picture:
                browser.take_picture(picture[0])
            told["problems"] = browser.problems()
        finally:
            browser.close()
    print(json.dumps(told))


main()
