//! Working memory that a thread keeps between tasks.

use std::cell::RefCell;

thread_local! {
    static BUFFER: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Lends `length` values of unspecified content to `body`.
pub fn with<T>(length: usize, body: impl FnOnce(&mut [f32]) -> T) -> T {
    let mut buffer = BUFFER.take();
    if buffer.len() < length {
        buffer.resize(length, 0.0);
    }
    let result = body(&mut buffer[..length]);
    BUFFER.replace(buffer);
    result
}
