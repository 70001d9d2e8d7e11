#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| handrail_fuzzing::invite::invite(input));
