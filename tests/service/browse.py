"""Opens the page of the service in a headless Chromium, uses it as a person would, and prints as JSON what it shows.

usage: browse.py ADDRESS HUM.wav upload|record [PICTURE.png [WIDTH [dark]]]
Speaks the DevTools protocol through the browser's pipe; the microphone of `record` is the file."""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

LIMIT_S = 60


class Browser:
    """A browser with one page, which is steered by messages of JSON that end in a zero byte."""

    def __init__(self, folder, microphone):
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()

        def take_pipes():  # the browser reads descriptor 3 and writes 4
            reading, writing = os.dup(to_read), os.dup(from_write)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--mute-audio", "--hide-scrollbars", "--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream",
             "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}%noloop",
             f"--user-data-dir={folder}", "--remote-debugging-pipe", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False, preexec_fn=take_pipes)
        os.close(to_read)
        os.close(from_write)
        self.to, self.source, self.kept = to_write, from_read, b""
        self.last, self.session, self.events, self.until = 0, None, [], time.monotonic() + LIMIT_S
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]

    def receive(self):
        while b"\0" not in self.kept:
            piece = os.read(self.source, 1 << 16)
            if not piece:
                raise EOFError("the browser ended")
            self.kept += piece
        message, _, self.kept = self.kept.partition(b"\0")
        return json.loads(message)

    def call(self, method, **parameters):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait_for(self, expression):
        while not self.value(expression):
            if time.monotonic() > self.until:
                raise TimeoutError(f"never came true: {expression}; the page: " + self.value("document.body.innerText"))
            time.sleep(0.05)

    def problems(self):
        """What the page's console has of errors, blocked resources and exceptions."""
        found = []
        for event in self.events:
            if event.get("method") == "Runtime.exceptionThrown":
                found.append(event["params"]["exceptionDetails"])
            if event.get("method") == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                found.append(event["params"]["entry"])
        return found

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
        except (OSError, EOFError):
            pass
        self.process.wait(10)


def upload(browser, hum):
    document = browser.call("DOM.getDocument")["root"]["nodeId"]
    file = browser.call("DOM.querySelector", nodeId=document, selector="#file")["nodeId"]
    browser.call("DOM.setFileInputFiles", nodeId=file, files=[str(hum)])


def record(browser):
    # The keyboard alone must do: the button is the first thing that takes it.
    key = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
    browser.call("Input.dispatchKeyEvent", type="keyDown", **key)
    browser.call("Input.dispatchKeyEvent", type="keyUp", **key)
    assert browser.value("document.activeElement.id") == "record"
    press(browser)
    browser.wait_for("document.getElementById('record').getAttribute('aria-pressed') === 'true'")
    time.sleep(3)
    press(browser)


def press(browser):
    key = {"key": " ", "code": "Space", "windowsVirtualKeyCode": 32, "text": " "}
    browser.call("Input.dispatchKeyEvent", type="keyDown", **key)
    browser.call("Input.dispatchKeyEvent", type="keyUp", **key)


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


def take_picture(browser, path):
    size = browser.call("Page.getLayoutMetrics")["cssContentSize"]
    picture = browser.call("Page.captureScreenshot", captureBeyondViewport=True, clip={**size, "scale": 1})
    pathlib.Path(path).write_bytes(base64.b64decode(picture["data"]))


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
                    take_picture(browser, picture[0])
                if told["verdict_buttons"]:
                    told |= judge(browser)
            elif picture:
                take_picture(browser, picture[0])
            told["problems"] = browser.problems()
        finally:
            browser.close()
    print(json.dumps(told))


main()
