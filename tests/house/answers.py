"""Asks one process of tests/house/answers.cpp many command lines of melomine."""
import json
import subprocess


class Answers:
    def __init__(self, program, root):
        self.process = subprocess.Popen([program], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, *arguments):
        """@returns exit status, standard output and error together"""
        self.process.stdin.write(json.dumps(arguments).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["status"], answer["output"]
