"""Cost: is it worth it?"""
