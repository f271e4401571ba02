"""Overview: what is this traffic like, and can it be forecast?"""
