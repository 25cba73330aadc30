//! The sandbox from outside: over HTTP, over SMTP, and as the product that its people write to.

mod bonzo;
mod control;
mod faults;
mod graph;
mod kit;
mod people;
mod smtp;
mod twilio;
