// kpt's Node.js host for modules, written against Go's interface (misc/wasm/wasm_exec.js of Go 1.17 to 1.20), with only what the module
// imports. Addresses beyond the memory that there was at the start are refused, because kpt's other host, wasmtime, does not see them.

const text = new TextDecoder('utf-8')

// Runs a compiled module on the text of a ResourceList, as kpt does: what there is on standard output and standard error, and the exit code.
export function evaluate(module, list) {
    let stderr = Buffer.alloc(0)
    const world = { process: { versions: {}, exitCode: 0 } }
    const host = new Host(world, (fd, bytes) => {
        if (fd !== 2) throw new Error(`the module writes to descriptor ${fd}`)
        stderr = Buffer.concat([stderr, bytes])
    })
    host.start(new WebAssembly.Instance(module, host.imports()))
    const result = world.processResourceList(list)
    const isList = result.includes('kind: ResourceList')
    if (!isList && typeof world.processResourceListErrors(list) !== 'string') throw new Error('there is no text of errors')
    return { stdout: isList ? result : '', stderr, exit: world.process.exitCode }
}

class Host {
    constructor(world, write) {
        this.write = write
        this.pendingEvent = null
        const go = {
            _pendingEvent: null,
            _makeFuncWrapper: (id) => (...args) => {
                const event = { id, this: undefined, args }
                go._pendingEvent = event
                this.exports.resume()
                return event.result
            },
        }
        this.values = [NaN, 0, null, true, false, world, go]
    }

    start(instance) {
        this.exports = instance.exports
        this.resetMemory()
        this.size = this.memory.byteLength
        // One argument, as the host's SetArgs writes it: the text, its address, and the ends of arguments and variables.
        new Uint8Array(this.memory.buffer, 4096, 3).set([0x6a, 0x73, 0])
        for (const [slot, value] of [4096, 0, 0].entries()) this.setInt64(4104 + slot * 8, value)
        this.exports.run(1, 4104)
    }

    resetMemory() {
        this.memory = new DataView(this.exports.mem.buffer)
    }

    imports() {
        const call = (address, object, name, args) => {
            try {
                this.store(this.sp() + address, Reflect.apply(Reflect.get(object, name), object, args))
                this.memory.setUint8(this.sp() + address + 8, 1)
            } catch (error) {
                this.store(this.sp() + address, error)
                this.memory.setUint8(this.sp() + address + 8, 0)
            }
        }
        const go = {
            'runtime.resetMemoryDataView': () => this.resetMemory(),
            'runtime.wasmWrite': (sp) => {
                const length = this.memory.getInt32(sp + 24, true)
                this.write(this.int64(sp + 8), Buffer.from(this.range(this.int64(sp + 16), length)))
            },
            'runtime.walltime': (sp) => {
                this.setInt64(sp + 8, Math.floor(Date.now() / 1000))
                this.memory.setInt32(sp + 16, 0, true)
            },
            'syscall/js.stringVal': (sp) => this.store(sp + 24, this.string(sp + 8)),
            'syscall/js.valueGet': (sp) => this.store(this.sp() + 32, Reflect.get(this.load(sp + 8), this.string(sp + 16))),
            'syscall/js.valueSet': (sp) => Reflect.set(this.load(sp + 8), this.string(sp + 16), this.load(sp + 32)),
            'syscall/js.valueIndex': (sp) => this.store(sp + 24, Reflect.get(this.load(sp + 8), this.int64(sp + 16))),
            'syscall/js.valueCall': (sp) => {
                const [at, length] = [this.int64(sp + 32), this.int64(sp + 40)]
                const args = Array.from({ length }, (_, index) => this.load(at + index * 8))
                call(56, this.load(sp + 8), this.string(sp + 16), args)
            },
            'syscall/js.valuePrepareString': (sp) => {
                const bytes = new TextEncoder().encode(String(this.load(sp + 8)))
                this.store(sp + 16, bytes)
                this.setInt64(sp + 24, bytes.length)
            },
            'syscall/js.valueLoadString': (sp) => {
                this.range(this.int64(sp + 16), this.int64(sp + 24)).set(this.load(sp + 8))
            },
        }
        return { go }
    }

    sp() {
        return this.exports.getsp() >>> 0
    }

    // wasmtime's host takes the last byte for one too many.
    range(address, length) {
        if (address < 0 || length < 0 || address + length >= this.size) throw new RangeError(`bad address ${address}+${length}`)
        return new Uint8Array(this.memory.buffer, address, length)
    }

    string(address) {
        return text.decode(this.range(this.int64(address), this.int64(address + 8)))
    }

    int64(address) {
        return Number(this.memory.getBigInt64(address, true))
    }

    setInt64(address, value) {
        this.memory.setBigInt64(address, BigInt(value), true)
    }

    load(address) {
        const number = this.memory.getFloat64(address, true)
        if (number === 0) return undefined
        return Number.isNaN(number) ? this.values[this.memory.getUint32(address, true)] : number
    }

    store(address, value) {
        if (value === undefined) return this.memory.setFloat64(address, 0, true)
        if (typeof value === 'number' && value !== 0 && !Number.isNaN(value)) return this.memory.setFloat64(address, value, true)
        const kinds = { object: value === null ? 0 : 1, string: 2, symbol: 3, function: 4 }
        let id = this.values.findIndex((known) => Object.is(known, value))
        if (id < 0) id = this.values.push(value) - 1
        this.memory.setUint32(address + 4, 0x7ff80000 | (kinds[typeof value] ?? 0), true)
        this.memory.setUint32(address, id, true)
    }
}
