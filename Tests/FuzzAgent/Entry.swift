/// libFuzzer calls this with what a client could send; its own `main` drives it, and `contrib/fuzz` starts it.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Visit.make(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
