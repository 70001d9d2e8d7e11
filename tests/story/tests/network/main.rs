//! Bad networks between real phones, a real console core and a real server process: nothing is lost,
//! nothing doubled, no lane stuck, and whoever waits is told why.

mod cuts;
mod storm;
mod swallow;
mod told;
