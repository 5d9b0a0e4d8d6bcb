//! What tests of every floor share: a server within the process, the binary as a process, what stands between them,
//! hostile tokens, a disk that loses power, and what a history of requests must be like.

pub mod between;
pub mod fault_proxy;
pub mod history;
pub mod hostile_tokens;
pub mod in_process;
pub mod power_loss;
pub mod process;
pub mod store;
