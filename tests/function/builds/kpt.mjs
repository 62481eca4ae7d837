// Runs the module for kpt, many times in one process: `node kpt.mjs MODULE`, with the protocol of runs.mjs.

import { readFileSync } from 'node:fs'
import { evaluate } from './host.mjs'
import { serve } from './runs.mjs'

const module = new WebAssembly.Module(readFileSync(process.argv[2]))
// Only what is UTF-8 can be a string of JavaScript.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

serve(({ input }) => evaluate(module, decoder.decode(input)))
