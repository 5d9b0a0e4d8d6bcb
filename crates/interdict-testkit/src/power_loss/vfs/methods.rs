//! What SQLite does with an open file.

use std::ffi::{c_int, c_void};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods};

use super::{File, ours, theirs};

/// The table of them.
pub(super) static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};

/// Methods that go to the default VFS as they are, even without power: they change no file, or free something.
macro_rules! passed {
    ($($name:ident = $method:ident($($argument:ident: $type:ty),*);)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $type)*) -> c_int {
            // SAFETY: SQLite passes a file that `open` opened, and arguments for this method.
            unsafe { call!(file, $method $(, $argument)*) }
        }
    )*};
}

passed! {
    unlock = xUnlock(level: c_int);
    sector_size = xSectorSize();
    device_characteristics = xDeviceCharacteristics();
    shm_map = xShmMap(region: c_int, size: c_int, extend: c_int, address: *mut *mut c_void);
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int);
    shm_unmap = xShmUnmap(delete: c_int);
    file_control = xFileControl(operation: c_int, argument: *mut c_void);
    unfetch = xUnfetch(offset: sqlite3_int64, address: *mut c_void);
}

/// Methods that fail without power and else go to the default VFS.
macro_rules! powered {
    ($($name:ident = $method:ident($($argument:ident: $type:ty),*) or $failure:ident;)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $type)*) -> c_int {
            // SAFETY: SQLite passes a file that `open` opened, and arguments for this method.
            unsafe {
                if ours(file).shim.state().dead {
                    return ffi::$failure;
                }
                call!(file, $method $(, $argument)*)
            }
        }
    )*};
}

powered! {
    read = xRead(buffer: *mut c_void, length: c_int, offset: sqlite3_int64) or SQLITE_IOERR_READ;
    file_size = xFileSize(size: *mut sqlite3_int64) or SQLITE_IOERR_FSTAT;
    lock = xLock(level: c_int) or SQLITE_IOERR_LOCK;
    check_reserved_lock = xCheckReservedLock(held: *mut c_int) or SQLITE_IOERR_CHECKRESERVEDLOCK;
}

/// Pages in a memory map. SQLite reads through it and never writes.
unsafe extern "C" fn fetch(
    file: *mut sqlite3_file,
    offset: sqlite3_int64,
    length: c_int,
    address: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite passes a file that `open` opened, and a place for an address.
    unsafe {
        if ours(file).shim.state().dead {
            // No map: SQLite reads instead, and is refused.
            *address = std::ptr::null_mut();
            return ffi::SQLITE_OK;
        }
        call!(file, xFetch, offset, length, address)
    }
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: SQLite passes a file that `open` opened.
    unsafe {
        let file = theirs(file);
        if let Some(method) = (*(*file).pMethods).xShmBarrier {
            method(file);
        }
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes once a file that `open` opened; the path was boxed there.
    unsafe {
        let File { shim, handle, path, .. } = ours(file);
        let (shim, handle, path) = (*shim, *handle, *path);
        let code = call!(file, xClose);
        shim.state().close(handle);
        if !path.is_null() {
            drop(Box::from_raw(path));
        }
        code
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    buffer: *const c_void,
    length: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite passes a file that `open` opened, and `length` bytes.
    unsafe {
        let File { shim, path, .. } = ours(file);
        let bytes = std::slice::from_raw_parts(buffer.cast::<u8>(), usize::try_from(length).unwrap_or(0));
        if let Some(path) = path.as_ref()
            && let Err(code) = shim.state().write(path, offset.unsigned_abs(), bytes)
        {
            return code;
        }
        call!(file, xWrite, buffer, length, offset)
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes a file that `open` opened.
    unsafe {
        let File { shim, path, .. } = ours(file);
        if let Some(path) = path.as_ref()
            && let Err(code) = shim.state().truncate(path, length.unsigned_abs())
        {
            return code;
        }
        call!(file, xTruncate, length)
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: SQLite passes a file that `open` opened.
    unsafe {
        let File { shim, handle, path, .. } = ours(file);
        let outcome = path.as_ref().map_or(Ok(()), |path| shim.state().sync(*handle, path));
        outcome.map_or_else(|code| code, |()| ffi::SQLITE_OK)
    }
}
