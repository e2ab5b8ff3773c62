"""Plans on demand: one engine a process, many askers at once, what was planned is kept."""
