//! The VFS as SQLite sees it: each call asks the disk, then goes to the default VFS.
#![expect(unsafe_code, reason = "SQLite's VFS is a C interface; this is the one place that speaks it")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use super::Shim;
use super::model::State;

/// An open file. SQLite allocates it, with room for the default VFS's own file behind it.
#[repr(C)]
struct File {
    base: sqlite3_file,
    shim: &'static Shim,
    /// Whose content the disk keeps; null for a temporary file. Freed on closing.
    path: *mut PathBuf,
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
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

/// Makes the disk known under a name of its own, for the life of the process.
pub(super) fn register(state: State) -> std::io::Result<&'static Shim> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let name = format!("power-loss-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let c_name = CString::new(name.clone())?;
    let shim: &'static Shim = Box::leak(Box::new(Shim { name, state: Mutex::new(state) }));
    let default = default_vfs();
    // SAFETY: null or SQLite's own VFS, which lives as long as the process.
    let Some(default) = (unsafe { default.as_ref() }) else {
        return Err(std::io::Error::other("SQLite has no default VFS"));
    };
    // What is copied and not replaced (time, randomness, paths) looks at nothing of the VFS but its path length.
    let vfs = Box::leak(Box::new(sqlite3_vfs {
        szOsFile: c_int::try_from(size_of::<File>()).unwrap_or(c_int::MAX) + default.szOsFile,
        pNext: std::ptr::null_mut(),
        zName: c_name.into_raw(),
        pAppData: std::ptr::from_ref(shim).cast_mut().cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        ..*default
    }));
    // SAFETY: the VFS, its name and its data are leaked and so stay valid.
    match unsafe { ffi::sqlite3_vfs_register(vfs, 0) } {
        ffi::SQLITE_OK => Ok(shim),
        code => Err(std::io::Error::other(format!("SQLite refuses the VFS: {code}"))),
    }
}

fn default_vfs() -> *mut sqlite3_vfs {
    // SAFETY: a null name asks for the default; SQLite initialises itself where needed.
    unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) }
}

/// The disk behind a VFS of ours.
///
/// # Safety
/// `vfs` is one that [`register`] made.
unsafe fn shim_of(vfs: *mut sqlite3_vfs) -> &'static Shim {
    // SAFETY: `register` put a leaked `Shim` there.
    unsafe { &*(*vfs).pAppData.cast::<Shim>() }
}

/// Our part of a file.
///
/// # Safety
/// `file` was opened by [`open`] and is not closed.
unsafe fn ours<'a>(file: *mut sqlite3_file) -> &'a File {
    // SAFETY: `open` wrote a `File` there, and nothing writes to it before `close`.
    unsafe { &*file.cast::<File>() }
}

/// The default VFS's part of a file.
///
/// # Safety
/// `file` has the size that [`register`] asked for.
unsafe fn theirs(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: SQLite allocated `szOsFile` bytes, of which ours are the first; the size of ours keeps the alignment.
    unsafe { file.cast::<File>().add(1).cast() }
}

/// The path as the disk knows it; `None` for a temporary file.
///
/// # Safety
/// `name` is null or ends with a NUL.
unsafe fn path_of(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() {
        return None;
    }
    // SAFETY: as promised above.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(std::ffi::OsStr::from_bytes(name.to_bytes())).to_owned())
}

/// Calls a method of the default VFS's file.
macro_rules! call {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        let file = theirs($file);
        match (*(*file).pMethods).$method {
            Some(method) => method(file $(, $argument)*),
            None => ffi::SQLITE_IOERR,
        }
    }};
}

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

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes our VFS, a name that ends with a NUL or null, and a file of the size that we asked for.
    unsafe {
        // Null tells SQLite that there is nothing to close.
        (*file).pMethods = std::ptr::null();
        let shim = shim_of(vfs);
        let path = path_of(name);
        let mut state = shim.state();
        if state.dead {
            return ffi::SQLITE_CANTOPEN;
        }
        if let Some(path) = &path
            && flags & ffi::SQLITE_OPEN_CREATE != 0
            && !path.exists()
            && let Err(code) = state.create(path)
        {
            return code;
        }
        let default = default_vfs();
        let Some(method) = (*default).xOpen else { return ffi::SQLITE_CANTOPEN };
        let code = method(default, name, theirs(file), flags, out_flags);
        if code != ffi::SQLITE_OK {
            return code;
        }
        if let Some(path) = &path
            && !state.knows(path)
        {
            match content(file) {
                Ok(content) => state.learn(path, content),
                Err(code) => {
                    call!(file, xClose);
                    return code;
                }
            }
        }
        state.handles += 1;
        let path = path.map_or(std::ptr::null_mut(), |path| Box::into_raw(Box::new(path)));
        file.cast::<File>().write(File { base: sqlite3_file { pMethods: &raw const METHODS }, shim, path });
        ffi::SQLITE_OK
    }
}

/// What a file holds, read through the default VFS: another descriptor's closing would drop SQLite's locks.
///
/// # Safety
/// The default VFS has opened its part of `file`.
unsafe fn content(file: *mut sqlite3_file) -> Result<Vec<u8>, c_int> {
    let mut size: sqlite3_int64 = 0;
    // SAFETY: as promised above; the buffer holds as many bytes as are asked for.
    unsafe {
        match call!(file, xFileSize, &raw mut size) {
            ffi::SQLITE_OK => {}
            code => return Err(code),
        }
        let mut content = vec![0_u8; usize::try_from(size).unwrap_or(0)];
        let length = c_int::try_from(size).map_err(|_| ffi::SQLITE_TOOBIG)?;
        match call!(file, xRead, content.as_mut_ptr().cast(), length, 0) {
            ffi::SQLITE_OK => Ok(content),
            code => Err(code),
        }
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes once a file that `open` opened; the path was boxed there.
    unsafe {
        let File { shim, path, .. } = ours(file);
        let (shim, path) = (*shim, *path);
        let code = call!(file, xClose);
        shim.state().handles -= 1;
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
        let File { shim, path, .. } = ours(file);
        let outcome = path.as_ref().map_or(Ok(()), |path| shim.state().sync(path));
        outcome.map_or_else(|code| code, |()| ffi::SQLITE_OK)
    }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_directory: c_int) -> c_int {
    // SAFETY: SQLite passes our VFS and a name that ends with a NUL.
    unsafe {
        if let Some(path) = path_of(name)
            && let Err(code) = shim_of(vfs).state().delete(&path)
        {
            return code;
        }
        let default = default_vfs();
        match (*default).xDelete {
            Some(method) => method(default, name, sync_directory),
            None => ffi::SQLITE_IOERR_DELETE,
        }
    }
}
