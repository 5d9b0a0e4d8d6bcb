//! Providers at work for a real server: those that the manual shows, and `interdict agent` with programs and firewalls.

mod blocking;
mod examples;
mod fleet;
mod killed;
mod kills;
mod lost_answers;
mod scene;
