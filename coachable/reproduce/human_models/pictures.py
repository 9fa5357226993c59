def draw_all(folder, z): pass
