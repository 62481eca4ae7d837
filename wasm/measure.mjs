// Runs a module once, as its users' hosts do: `node measure.mjs kpt|wasi MODULE`, with the ResourceList on standard input.

import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { WASI } from 'node:wasi'
import { evaluate } from '../tests/function/builds/host.mjs'

// With its shortcut for calls, the WASI host of Node.js 20 writes where it must not, and crashes.
setFlagsFromString('--no-turbo-fast-api-calls')

const [kind, path] = process.argv.slice(2)
const module = await WebAssembly.compile(readFileSync(path))
if (kind === 'kpt') {
    const { stdout, stderr, exit } = evaluate(module, readFileSync(0, 'utf8'))
    process.stderr.write(stderr)
    console.log(stdout)
    process.exitCode = exit
} else {
    const wasi = new WASI({ version: 'preview1', args: ['pullthrough'] })
    process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()))
}
