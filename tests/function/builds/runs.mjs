// The protocol between the test and what drives a build: JSON lines on standard input and output, in the same order.
//
//   {"arguments": [...], "variables": {...}, "folder": PATH, "input": BASE64}
//   {"stdout": BASE64, "stderr": BASE64, "exit": NUMBER}
//
// `folder` is where the run happens: `--config config.yaml` is a file there.

import { readFileSync, writeSync } from 'node:fs'

// Answers every run with what `run` gives; a text or bytes for `stdout` and `stderr`.
export function serve(run) {
    for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
        const asked = JSON.parse(line)
        const { stdout, stderr, exit } = run({ ...asked, input: Buffer.from(asked.input, 'base64') })
        const base64 = (bytes) => Buffer.from(bytes).toString('base64')
        print(JSON.stringify({ stdout: base64(stdout), stderr: base64(stderr), exit }) + '\n')
    }
}

// `process.stdout` would keep everything until the end.
function print(text) {
    let bytes = Buffer.from(text)
    while (bytes.length) bytes = bytes.subarray(writeSync(1, bytes))
}
