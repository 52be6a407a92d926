"""Foundation modules that every app may import; they import no app and no wiring."""
