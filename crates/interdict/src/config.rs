//! Configuration: for each setting its flag, else its `INTERDICT_…` variable, else its key in `interdict.toml`,
//! else its default. Clap joins the first two; this module adds the file and the defaults.

mod database;
mod file;
mod flags;
mod password;
mod settings;
mod value;

use database::Database;
pub(crate) use file::{FileConfig, parse};
pub(crate) use flags::{LogFlags, Place, ServeFlags, StorePlace};
pub(crate) use settings::{Settings, StoreLocation, data_dir};
pub(crate) use value::{CorsOrigin, PublicUrl, Span};
