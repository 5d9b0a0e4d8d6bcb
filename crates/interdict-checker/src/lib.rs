//! Whether what clients were told is true after a fault: a log of requests and answers, a judge of it, and experiments
//! that make both on a cluster whose leader dies, of writes and of actions that are carried out.

pub mod api;
pub mod carried;
pub mod failover;
mod load;
pub mod log;
mod readback;
pub mod verdict;
