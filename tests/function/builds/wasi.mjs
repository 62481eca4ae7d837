// Runs the WASI build under Node.js' own host, many times in one process: `node wasi.mjs MODULE`, with the protocol of runs.mjs.

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { WASI } from 'node:wasi'
import { serve } from './runs.mjs'

// With its shortcut for calls, the host of Node.js 20 writes where it must not after some fifty runs, and crashes.
setFlagsFromString('--no-turbo-fast-api-calls')

const module = new WebAssembly.Module(readFileSync(process.argv[2]))
const work = mkdtempSync(join(tmpdir(), 'pullthrough-wasi-'))
process.on('exit', () => rmSync(work, { recursive: true }))

serve(({ arguments: args, variables, folder, input }) => {
    const [stdin, stdout, stderr] = ['stdin', 'stdout', 'stderr'].map((name) => join(work, name))
    writeFileSync(stdin, input)
    const files = [openSync(stdin, 'r'), openSync(stdout, 'w'), openSync(stderr, 'w')]
    const wasi = new WASI({
        version: 'preview1',
        args: ['pullthrough', ...args],
        env: variables,
        // The run's folder, and no other file of this machine.
        preopens: { '.': folder },
        stdin: files[0],
        stdout: files[1],
        stderr: files[2],
        returnOnExit: true,
    })
    const exit = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()))
    files.forEach((file) => closeSync(file))
    return { stdout: readFileSync(stdout), stderr: readFileSync(stderr), exit: exit ?? 0 }
})
