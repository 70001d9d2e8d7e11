//! A hostile server against a real phone core and a real console core: one test for each row of the table
//! in SECURITY.md, "What a hostile server can try". Each lie is noticed or harmless, and costs nothing once
//! the server is honest again.
//!
//! A lie is a real server's answer, changed on its way, or its database, changed while it is stopped.

mod keys;
mod logs;
mod roots;
mod trial;
