"""The commands of `painpath`, one module each: arguments in, what others made out, exit codes."""
