//! The native face by address, through the router.

mod audit;
