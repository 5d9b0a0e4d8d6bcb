//! The VFS as SQLite sees it: each call asks the disk, then goes to the default VFS.
#![expect(unsafe_code, reason = "SQLite's VFS is a C interface; this is the one place that speaks it")]

use std::ffi::{CStr, CString, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_vfs};

use self::methods::METHODS;
use super::Shim;
use super::model::{Handle, State};

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

mod methods;

/// An open file. SQLite allocates it, with room for the default VFS's own file behind it.
#[repr(C)]
struct File {
    base: sqlite3_file,
    shim: &'static Shim,
    handle: Handle,
    /// Whose content the disk keeps; null for a temporary file. Freed on closing.
    path: *mut PathBuf,
}

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
        let handle = state.open(path.as_deref());
        let path = path.map_or(std::ptr::null_mut(), |path| Box::into_raw(Box::new(path)));
        file.cast::<File>().write(File {
            base: sqlite3_file { pMethods: &raw const METHODS },
            shim,
            handle,
            path,
        });
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
