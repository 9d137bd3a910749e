"""A headless Chromium that is steered by the DevTools protocol through a pipe, for the tests of pages."""
import base64
import json
import os
import pathlib
import subprocess
import time

LIMIT_S = 60


class Browser:
    """A browser with one page, which is steered by messages of JSON that end in a zero byte."""

    def __init__(self, folder, microphone=None):
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()

        def take_pipes():  # the browser reads descriptor 3 and writes 4
            reading, writing = os.dup(to_read), os.dup(from_write)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--mute-audio", "--hide-scrollbars", "--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream",
             "--use-fake-device-for-media-stream", *([f"--use-file-for-fake-audio-capture={microphone}%noloop"] if microphone else []),
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

    def press(self, key):
        """A key of the keyboard, by what it writes, or by its name (Enter, Tab, Escape)."""
        named = {"Enter": ("\r", 13), "Tab": (None, 9), "Escape": (None, 27), " ": (" ", 32)}
        text, code = named.get(key, (key, ord(key.upper()[0])))
        event = {"key": key, "windowsVirtualKeyCode": code, **({"text": text} if text else {})}
        self.call("Input.dispatchKeyEvent", type="keyDown", **event)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def take_picture(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip={**size, "scale": 1})
        pathlib.Path(path).write_bytes(base64.b64decode(picture["data"]))

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
