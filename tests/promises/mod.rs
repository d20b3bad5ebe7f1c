//! What the product promises, each promise with a file that tries to break it. Kills and restarts
//! of the real binary, and the duress PIN, have files of their own.

mod a_press_is_never_refused;
mod acknowledged_is_kept;
mod her_place_is_hers;
pub mod honest_when_it_fails;
mod it_does_not_fall_silent;
mod the_least_they_need;
mod the_truth_about_each;
