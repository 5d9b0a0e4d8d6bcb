//! The native face by address, through the router.

mod alerts;
mod approval;
mod audit;
mod execution;
mod fleet;
mod guards;
mod hostile_providers;
mod provider;
mod secrets;
mod warnings;
